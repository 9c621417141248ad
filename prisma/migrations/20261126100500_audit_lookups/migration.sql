-- What one person did, what was done how often, and since when, without reading the whole trail.
-- Cost: three indexes of the audit trail, built while it is read and written; processes of the version before go on.

ALTER TABLE `audit_log`
  ADD INDEX `audit_log_by_actor` (`actor`, `id`),
  ADD INDEX `audit_log_by_action` (`action`, `id`),
  ADD INDEX `audit_log_by_time` (`at`),
  ALGORITHM = INPLACE, LOCK = NONE;
