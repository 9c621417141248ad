-- Events with their rounds, claims, claims that can't be stored, and what admins did.
-- Cost: new tables only; nothing has to be stopped.
--
-- The common subset of MySQL 8 and MariaDB 10.6. Every table states its character set, whatever the server's default:
-- ids, user ids and codes are compared byte by byte (ascii_bin), so that Kim and kim are two people here as in Redis.

CREATE TABLE `events` (
  `id` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `name` VARCHAR(200) NOT NULL,
  `description` TEXT NOT NULL,
  `amount` BIGINT NOT NULL,
  `currency` VARCHAR(3) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `strategy` VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `time_zone` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
  `listed` BOOLEAN NOT NULL DEFAULT true,
  `round` INT UNSIGNED NOT NULL DEFAULT 1,
  `version` INT UNSIGNED NOT NULL DEFAULT 1,
  `created_at` DATETIME(3) NOT NULL,
  `updated_at` DATETIME(3) NOT NULL,
  PRIMARY KEY (`id`),
  INDEX `events_by_creation` (`created_at`, `id`),
  CONSTRAINT `events_amount` CHECK (`amount` BETWEEN 1 AND 1000000000000),
  CONSTRAINT `events_round` CHECK (`round` >= 1)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE `rounds` (
  `event_id` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `round` INT UNSIGNED NOT NULL,
  `stock` INT UNSIGNED NOT NULL,
  `opens_at` DATETIME(3) NOT NULL,
  `closes_at` DATETIME(3) NULL,
  `paused` BOOLEAN NOT NULL DEFAULT false,
  `closed_at` DATETIME(3) NULL,
  `code_key` BINARY(32) NOT NULL,
  `seeded_at` DATETIME(3) NULL,
  `sold_out_at` DATETIME(3) NULL,
  `first_claim_at` DATETIME(3) NULL,
  `verified_at` DATETIME(3) NULL,
  `retired_at` DATETIME(3) NULL,
  `unlinked_at` DATETIME(3) NULL,
  `rebuilding_at` DATETIME(3) NULL,
  `created_at` DATETIME(3) NOT NULL,
  PRIMARY KEY (`event_id`, `round`),
  INDEX `rounds_by_opening` (`opens_at`),
  INDEX `rounds_to_seed` (`seeded_at`, `opens_at`),
  INDEX `rounds_live` (`unlinked_at`, `seeded_at`),
  CONSTRAINT `rounds_event` FOREIGN KEY (`event_id`) REFERENCES `events` (`id`) ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT `rounds_stock` CHECK (`stock` BETWEEN 1 AND 100000000)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE `claims` (
  `event_id` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `round` INT UNSIGNED NOT NULL,
  `serial` INT UNSIGNED NOT NULL,
  `user_id` VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `code` VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `claimed_at` DATETIME(3) NOT NULL,
  `persisted_at` DATETIME(3) NOT NULL,
  PRIMARY KEY (`event_id`, `round`, `serial`),
  UNIQUE INDEX `claims_one_per_user` (`user_id`, `event_id`, `round`),
  UNIQUE INDEX `claims_code` (`code`),
  CONSTRAINT `claims_round` FOREIGN KEY (`event_id`, `round`) REFERENCES `rounds` (`event_id`, `round`) ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT `claims_serial` CHECK (`serial` >= 1)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE `claim_faults` (
  `id` BIGINT NOT NULL AUTO_INCREMENT,
  `event_id` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `round` INT UNSIGNED NOT NULL,
  `serial` BIGINT NULL,
  `user_id` TEXT NOT NULL,
  `code` VARCHAR(255) NULL,
  `claimed_at` DATETIME(3) NULL,
  `reason` VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `detail` TEXT NOT NULL,
  `entry_id` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `position` INT UNSIGNED NOT NULL,
  `created_at` DATETIME(3) NOT NULL,
  PRIMARY KEY (`id`),
  UNIQUE INDEX `claim_faults_once` (`event_id`, `round`, `entry_id`, `position`)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE `audit_log` (
  `id` BIGINT NOT NULL AUTO_INCREMENT,
  `at` DATETIME(3) NOT NULL,
  `actor` VARCHAR(200) NOT NULL,
  `role` VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NULL,
  `door` VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `action` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `event_id` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
  `round` INT UNSIGNED NULL,
  `request_id` VARCHAR(128) NULL,
  `reason` TEXT NULL,
  `state_before` JSON NULL,
  `state_after` JSON NULL,
  PRIMARY KEY (`id`),
  INDEX `audit_log_by_event` (`event_id`, `id`)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE `admin_requests` (
  `actor` VARCHAR(200) NOT NULL,
  `request_id` VARCHAR(128) NOT NULL,
  `action` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `event_id` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `input_hash` BINARY(32) NOT NULL,
  `result` JSON NOT NULL,
  `created_at` DATETIME(3) NOT NULL,
  PRIMARY KEY (`actor`, `request_id`)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
