-- What was asked and answered goes with its workspace.
CREATE INDEX generation_content_workspace ON generation_content (workspace_id);
