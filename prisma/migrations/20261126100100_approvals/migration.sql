-- A round may wait until another admin approves it (APPROVAL_AMOUNT, APPROVAL_STOCK).
-- Cost: two columns with a default, added in place; nothing has to be stopped. Processes of an older version go on, and
-- know nothing of approvals.

ALTER TABLE `rounds`
  ADD COLUMN `needs_approval` BOOLEAN NOT NULL DEFAULT false,
  ADD COLUMN `approval_asked_by` VARCHAR(200) NULL;
