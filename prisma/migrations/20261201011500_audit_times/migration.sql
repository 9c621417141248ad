-- What one person did, and what was done how often, before a time long ago: without reading every newer entry.
-- Cost: two indexes of the audit trail, built while it is read and written; processes of the version before go on.

ALTER TABLE `audit_log`
  ADD INDEX `audit_log_by_actor_time` (`actor`, `at`),
  ADD INDEX `audit_log_by_action_time` (`action`, `at`),
  ALGORITHM = INPLACE, LOCK = NONE;
