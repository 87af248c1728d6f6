-- What a pool holds is read without the charges, of which there are as many as inferences.
CREATE INDEX ledger_entry_taken ON ledger_entry (debit_account) WHERE kind <> 'charge';
