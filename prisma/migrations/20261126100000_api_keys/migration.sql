-- Costs nothing on a running system: a new table, which older processes don't know.
CREATE TABLE `api_keys` (
  `id` VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `name` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `live_name` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
  `secret_hash` BINARY(32) NOT NULL,
  `role` VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `created_by` VARCHAR(200) NOT NULL,
  `created_at` DATETIME(3) NOT NULL,
  `expires_at` DATETIME(3) NULL,
  `last_used_at` DATETIME(3) NULL,
  `revoked_at` DATETIME(3) NULL,
  PRIMARY KEY (`id`),
  UNIQUE INDEX `api_keys_live_name` (`live_name`),
  INDEX `api_keys_by_creation` (`revoked_at`, `created_at`)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
