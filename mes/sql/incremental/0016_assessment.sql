-- The advice that QA saw when signing, and how an episode of a probe that never spoke again came to an end.

alter table excursion add column assessment json;       -- frozen at the signature that judged it

alter table episode add column end_reason text check (end_reason in ('sensor_lost'));  -- null: readings ended it
alter table episode add column end_signature_id int references signature;
alter table episode add constraint episode_end_signed check ((end_reason is null) = (end_signature_id is null));
