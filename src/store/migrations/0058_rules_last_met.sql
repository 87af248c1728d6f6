-- Rules that no request has met for as long as generations are kept are nobody's any more.
ALTER TABLE rules_in_force ADD COLUMN last_met date NOT NULL DEFAULT current_date;
CREATE INDEX rules_in_force_age ON rules_in_force (last_met);
