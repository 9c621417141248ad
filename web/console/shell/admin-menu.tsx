import { Button, Menu, useMantineColorScheme, type MantineColorScheme } from '@mantine/core';
import { IconCheck, IconLogout, IconUserCircle } from '@tabler/icons-react';
import type { ConsoleMessages } from '../messages/en.ts';
import type { Signed } from './session.ts';

type Props = { signed: Signed; words: ConsoleMessages; onSignOut: () => void };

const schemes: readonly MantineColorScheme[] = ['auto', 'light', 'dark'];

/** Shows the admin's name and role, a choice of light or dark, and a sign-out button. */
export function AdminMenu({ signed, words, onSignOut }: Props) {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const role = words.shell.roles[signed.role];
  return (
    <Menu position="bottom-end" width={220}>
      <Menu.Target>
        <Button
          variant="subtle"
          color="gray"
          size="compact-md"
          c="inherit"
          data-role={signed.role}
          aria-label={words.shell.signedInAs(signed.name, role)}
          px={6}
        >
          <IconUserCircle size={22} stroke={1.75} aria-hidden />
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{words.shell.signedInAs(signed.name, role)}</Menu.Label>
        <Menu.Divider />
        <Menu.Label>{words.shell.scheme}</Menu.Label>
        {schemes.map((scheme) => (
          <Menu.Item
            key={scheme}
            role="menuitemradio"
            aria-checked={scheme === colorScheme}
            rightSection={scheme === colorScheme ? <IconCheck size={16} aria-hidden /> : null}
            onClick={() => setColorScheme(scheme)}
          >
            {words.shell.schemes[scheme]}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item leftSection={<IconLogout size={16} aria-hidden />} onClick={onSignOut} data-do="sign-out">
          {words.shell.signOut}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
