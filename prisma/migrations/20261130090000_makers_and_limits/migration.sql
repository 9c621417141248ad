-- An approval takes two people: an API key counts as whoever made it, and an event keeps the limits that it was created
-- under. So a key knows the key that made it, the audit trail knows which key did something (names are reused, ids are
-- not), and an event knows its limits (both NULL: created by a process without limits, or by an earlier version).
-- Cost: columns that may be NULL and two indexes, built while the tables are read and written. The updates touch only rows
-- that API keys wrote. Nothing has to be stopped; what processes of the version before write is found by the key's name.

ALTER TABLE `events`
  ADD COLUMN `approval_amount` BIGINT NULL,
  ADD COLUMN `approval_stock` INT UNSIGNED NULL;

ALTER TABLE `api_keys`
  ADD COLUMN `created_by_key` VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NULL AFTER `created_by`,
  ADD INDEX `api_keys_by_maker` (`created_by_key`);

ALTER TABLE `audit_log`
  ADD COLUMN `key_id` VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NULL;

ALTER TABLE `audit_log`
  ADD INDEX `audit_log_by_editor` (`event_id`, `action`, `actor`, `key_id`),
  ALGORITHM = INPLACE, LOCK = NONE;

-- A revoked key was good for 3 seconds more, and the clocks of processes differ by less than that.
UPDATE `api_keys` AS `made`
  JOIN `api_keys` AS `maker` ON `made`.`created_by` = CONCAT('key:', `maker`.`name`)
    AND `maker`.`id` <> `made`.`id`
    AND `maker`.`created_at` <= `made`.`created_at` + INTERVAL 3 SECOND
    AND (`maker`.`revoked_at` IS NULL OR `maker`.`revoked_at` >= `made`.`created_at` - INTERVAL 3 SECOND)
    AND (`maker`.`expires_at` IS NULL OR `maker`.`expires_at` >= `made`.`created_at` - INTERVAL 3 SECOND)
  SET `made`.`created_by_key` = `maker`.`id`;

UPDATE `audit_log` AS `entry`
  JOIN `api_keys` AS `used` ON `entry`.`actor` = CONCAT('key:', `used`.`name`)
    AND `used`.`created_at` <= `entry`.`at` + INTERVAL 3 SECOND
    AND (`used`.`revoked_at` IS NULL OR `used`.`revoked_at` >= `entry`.`at` - INTERVAL 3 SECOND)
    AND (`used`.`expires_at` IS NULL OR `used`.`expires_at` >= `entry`.`at` - INTERVAL 3 SECOND)
  SET `entry`.`key_id` = `used`.`id`;
