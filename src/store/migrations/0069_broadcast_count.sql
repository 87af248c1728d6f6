-- How many deliveries wait for a destination and how many are dead, so that nobody has to count them: the sum of its rows. Each
-- statement that changes deliveries adds a row for each destination, so none waits for another; now and then they become one.
CREATE TABLE broadcast_count (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  destination_id uuid NOT NULL REFERENCES observability_destination (id),
  organization_id text NOT NULL REFERENCES organization (id),
  workspace_id uuid NOT NULL REFERENCES workspace (id),
  waiting integer NOT NULL,
  dead integer NOT NULL
);
SELECT protect_table('broadcast_count');

CREATE FUNCTION count_broadcasts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO broadcast_count (destination_id, organization_id, workspace_id, waiting, dead)
    SELECT destination_id, organization_id, workspace_id, count(*) - count(dead_at), count(dead_at)
    FROM after_rows GROUP BY destination_id, organization_id, workspace_id;
  ELSIF TG_OP = 'DELETE' THEN
    INSERT INTO broadcast_count (destination_id, organization_id, workspace_id, waiting, dead)
    SELECT destination_id, organization_id, workspace_id, count(dead_at) - count(*), -count(dead_at)
    FROM before_rows GROUP BY destination_id, organization_id, workspace_id;
  ELSE
    -- No row changes its destination.
    INSERT INTO broadcast_count (destination_id, organization_id, workspace_id, waiting, dead)
    SELECT destination_id, organization_id, workspace_id, -sum(died), sum(died)
    FROM (
      SELECT destination_id, organization_id, workspace_id, (dead_at IS NOT NULL)::integer AS died FROM after_rows
      UNION ALL
      SELECT destination_id, organization_id, workspace_id, -(dead_at IS NOT NULL)::integer FROM before_rows
    ) AS changed
    GROUP BY destination_id, organization_id, workspace_id HAVING sum(died) <> 0;
  END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER broadcast_delivery_inserted AFTER INSERT ON broadcast_delivery
  REFERENCING NEW TABLE AS after_rows FOR EACH STATEMENT EXECUTE FUNCTION count_broadcasts();
CREATE TRIGGER broadcast_delivery_updated AFTER UPDATE ON broadcast_delivery
  REFERENCING OLD TABLE AS before_rows NEW TABLE AS after_rows FOR EACH STATEMENT EXECUTE FUNCTION count_broadcasts();
CREATE TRIGGER broadcast_delivery_deleted AFTER DELETE ON broadcast_delivery
  REFERENCING OLD TABLE AS before_rows FOR EACH STATEMENT EXECUTE FUNCTION count_broadcasts();

INSERT INTO broadcast_count (destination_id, organization_id, workspace_id, waiting, dead)
SELECT destination_id, organization_id, workspace_id, count(*) - count(dead_at), count(dead_at)
FROM broadcast_delivery GROUP BY destination_id, organization_id, workspace_id;
