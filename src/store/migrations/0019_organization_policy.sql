-- The ceiling over all workspaces; no row says nothing. A null column says nothing about its matter.
CREATE TABLE organization_policy (
  organization_id text PRIMARY KEY REFERENCES organization (id),
  allowed_models text[],
  ignored_models text[],
  allowed_providers text[],
  ignored_providers text[],
  enforce_zdr_anthropic boolean,
  enforce_zdr_openai boolean,
  enforce_zdr_google boolean,
  enforce_zdr_xai boolean,
  enforce_zdr_other boolean,
  enable_free_model_publication boolean,
  enable_free_model_training boolean,
  enable_paid_model_training boolean,
  updated_at timestamptz NOT NULL,
  updated_by text
);
SELECT protect_table('organization_policy', false);

-- What the prompt-injection detector lets pass.
CREATE TABLE prompt_injection_phrase (
  id uuid PRIMARY KEY,
  organization_id text NOT NULL REFERENCES organization (id),
  phrase text NOT NULL,
  created_at timestamptz NOT NULL,
  created_by text
);
CREATE UNIQUE INDEX prompt_injection_phrase_text ON prompt_injection_phrase (organization_id, lower(phrase));
SELECT protect_table('prompt_injection_phrase', false);
