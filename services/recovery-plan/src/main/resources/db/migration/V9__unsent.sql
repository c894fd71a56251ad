-- Where a fenced VM's volumes may hold what was not received, as its agent reports it; empty = no volume is named.
ALTER TABLE vm_fences ADD COLUMN unsent jsonb NOT NULL DEFAULT '[]';
