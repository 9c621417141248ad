-- Which Redis was last trusted to decide a round's claims, and how often that changed. A process that starts on a primary
-- that was replaced sees an older count in its gate, and decides nothing there. Null: not recorded yet.
-- Cost: two columns that may be NULL or have a default; nothing has to be stopped, and running processes go on.
ALTER TABLE `rounds`
  ADD COLUMN `trusted_by` VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin NULL AFTER `reserved`,
  ADD COLUMN `trust_count` INT UNSIGNED NOT NULL DEFAULT 0 AFTER `trusted_by`;
