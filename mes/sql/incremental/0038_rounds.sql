-- Rounds of inspection, and the signature rule that an order takes over from its plan.

alter table maintenance_order
    add column sign_done boolean not null default false;  -- who does the work signs it, as its plan asked
