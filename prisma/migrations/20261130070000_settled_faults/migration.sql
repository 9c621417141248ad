-- Who settled a claim that MySQL could not store, when, and why. Null: an operator still has to decide.
-- Cost: three columns that may be NULL and one index; nothing has to be stopped, and running processes go on.
ALTER TABLE `claim_faults`
  ADD COLUMN `settled_at` DATETIME(3) NULL,
  ADD COLUMN `settled_by` VARCHAR(200) NULL,
  ADD COLUMN `settled_reason` TEXT NULL,
  ADD INDEX `claim_faults_by_settled` (`settled_at`, `event_id`);
