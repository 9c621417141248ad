import { Button, Code, CopyButton, Group, Stack, Text } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { issueText } from '../messages/error-text.ts';
import { Dialog } from '../parts/dialog.tsx';
import { Choice, Field } from '../parts/fields.tsx';
import { Notice } from '../parts/notice.tsx';
import { TroubleNote } from '../parts/trouble-note.tsx';
import { useConsole } from '../shell/console-context.ts';
import { troubleOf, type Outputs, type Role } from '../shell/session.ts';

type Created = Outputs['admin']['apiKey']['create'];

const roles: readonly Role[] = ['viewer', 'operator', 'admin'];
const expiries = ['7', '30', '90', '365', 'never'] as const;
type Expiry = (typeof expiries)[number];
const daySeconds = 86_400;

type Props = { onClose: () => void };

/** Creates an API key, then shows its secret once. */
export function CreateKeyDialog({ onClose }: Props) {
  const { words } = useConsole();
  const [created, setCreated] = useState<Created | null>(null);
  return created === null ? (
    <Dialog opened onClose={onClose} title={words.access.create} action="create-key">
      <KeyForm onCreated={setCreated} onClose={onClose} />
    </Dialog>
  ) : (
    <Dialog
      opened
      // A stray click or Escape must not lose the only copy of the key.
      onClose={() => undefined}
      title={words.access.secretTitle(created.name)}
      action="show-key"
      withCloseButton={false}
    >
      <Secret apiKey={created.key} onClose={onClose} />
    </Dialog>
  );
}

function KeyForm({ onCreated, onClose }: Props & { onCreated: (created: Created) => void }) {
  const { client, words, language } = useConsole();
  const queries = useQueryClient();
  const [name, setName] = useState('');
  const [role, setRole] = useState<Role>('viewer');
  const [expiry, setExpiry] = useState<Expiry>('90');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const issues = error === null ? [] : troubleOf(error).issues;
  const nameIssue = issues.find(({ path }) => path[0] === 'name');
  const create = async (): Promise<void> => {
    setBusy(true);
    setError(null);
    try {
      const validity = expiry === 'never' ? { expiresAt: null } : { ttlSeconds: Number(expiry) * daySeconds };
      // This call sends no requestId, because the server could not show the key again if the request were repeated.
      const created = await client.admin.apiKey.create.mutate({ name: name.trim(), role, ...validity });
      await queries.invalidateQueries({ queryKey: ['keys'] });
      onCreated(created);
    } catch (failure) {
      setError(failure);
      setBusy(false);
    }
  };
  return (
    <form
      onSubmit={(event: FormEvent) => {
        event.preventDefault();
        void create();
      }}
    >
      <Stack>
        <Field
          label={words.access.name}
          name="keyName"
          required
          autoComplete="off"
          autoCapitalize="none"
          value={name}
          onValue={setName}
          hint={words.access.nameHint}
          error={nameIssue === undefined ? undefined : issueText(words, language, nameIssue)}
        />
        <Choice
          label={words.access.role}
          name="role"
          value={role}
          onValue={(value) => setRole(roles.find((each) => each === value) ?? 'viewer')}
          data={roles.map((each) => ({ value: each, label: words.access.roles[each] }))}
        />
        <Choice
          label={words.access.expiry}
          name="expiry"
          value={expiry}
          onValue={(value) => setExpiry(expiries.find((each) => each === value) ?? '90')}
          data={expiries.map((each) => ({ value: each, label: words.access.expiries[each] }))}
          hint={expiry === 'never' ? words.access.neverHint : undefined}
        />
        <TroubleNote error={nameIssue === undefined ? error : null} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {words.common.cancel}
          </Button>
          <Button type="submit" loading={busy} data-confirm="">
            {words.access.create}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function Secret({ apiKey, onClose }: { apiKey: string; onClose: () => void }) {
  const { words } = useConsole();
  return (
    <Stack>
      <Notice kind="caution">{words.access.secretAbout}</Notice>
      <div>
        <Text size="sm" fw={500} mb={4}>
          {words.access.secret}
        </Text>
        <Code block data-secret="" tabIndex={0} style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>
          {apiKey}
        </Code>
      </div>
      <Group justify="space-between">
        <CopyButton value={apiKey} timeout={5_000}>
          {({ copied, copy }) => (
            <Button
              variant="light"
              color={copied ? 'green' : 'indigo'}
              leftSection={copied ? <IconCheck size={16} aria-hidden /> : <IconCopy size={16} aria-hidden />}
              onClick={copy}
              data-do="copy-key"
              data-copied={copied}
            >
              <span role="status">{copied ? words.access.copied : words.access.copy}</span>
            </Button>
          )}
        </CopyButton>
        <Button onClick={onClose} data-do="key-stored">
          {words.access.stored}
        </Button>
      </Group>
    </Stack>
  );
}
