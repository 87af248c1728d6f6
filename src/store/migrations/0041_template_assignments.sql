-- Whether somebody got a guardrail with a role, and not by the hand of an administrator: only then a role takes it away again.
ALTER TABLE guardrail_member_assignment ADD COLUMN from_template boolean NOT NULL DEFAULT false;
UPDATE guardrail_member_assignment AS assignment SET from_template = true
  FROM role_template AS template
  WHERE template.guardrail_id = assignment.guardrail_id AND assignment.is_organization_wide;
