-- A guardrail that is deleted comes with no role any more.
UPDATE role_template SET guardrail_id = NULL;
ALTER TABLE role_template ADD FOREIGN KEY (guardrail_id) REFERENCES guardrail (id) ON DELETE SET NULL;
