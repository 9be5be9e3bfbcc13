-- Rows of the trail whose facts name a batch, found without reading the trail of years.
create index audit_of_batch on audit (coalesce(after ->> 'batch_id', before ->> 'batch_id'), seq)
    where coalesce(after ->> 'batch_id', before ->> 'batch_id') is not null;
