import { expect, it } from 'vitest';
import { anEvent, fakeAdmin } from '../support/fake-admin.ts';
import { runCli } from './support/run-cli.ts';

const events = () => [
  anEvent({ eventId: 'ev_aaaaaaaaaaaa', name: 'Autumn sale' }),
  anEvent({ eventId: 'ev_bbbbbbbbbbbb', name: 'Twice' }),
  anEvent({ eventId: 'ev_cccccccccccc', name: 'Twice' }),
  anEvent({ eventId: 'ev_dddddddddddd', name: 'winter' }),
  anEvent({ eventId: 'winter', name: 'Another' }),
];

it("a command accepts an event's name instead of its id if only one event has that name", async () => {
  const admin = fakeAdmin(events());
  const { code } = await runCli(['event', 'pause', 'Autumn sale'], { admin });
  expect(code).toBe(0);
  expect(admin.changes).toMatchObject([{ verb: 'pause', input: { eventId: 'ev_aaaaaaaaaaaa' } }]);
});

it("a command takes a text as an id if the text is one event's id and another event's name", async () => {
  const admin = fakeAdmin(events());
  await runCli(['event', 'pause', 'winter'], { admin });
  expect(admin.changes).toMatchObject([{ input: { eventId: 'winter' } }]);
});

it('a command lists the ids and changes nothing if several events have the name', async () => {
  const admin = fakeAdmin(events());
  const { code, stderr } = await runCli(['event', 'pause', 'Twice'], { admin });
  expect(code).toBe(2);
  expect(stderr).toContain("2 events are called 'Twice'. Give the id of one: ev_bbbbbbbbbbbb, ev_cccccccccccc.");
  expect(admin.changes).toEqual([]);
});

it('a command reports that no event has the given name', async () => {
  const { code, stderr } = await runCli(['event', 'show', 'No such sale'], { admin: fakeAdmin(events()) });
  expect({ code, stderr }).toEqual({ code: 1, stderr: 'Error: There is no event No such sale.\n' });
});

it('every command that takes an event accepts its name', async () => {
  const admin = fakeAdmin(events());
  const like = ['event', 'create', '--like', 'Autumn sale', '--opens-at', '2027-10-08T10:00+09:00', '-q'];
  expect(await runCli(like, { admin })).toMatchObject({ code: 0, stdout: 'event-6\n', stderr: '' });
  const others = [
    ['claims', 'show', 'Autumn sale', '--user', 'kim'],
    ['audit', 'list', '--event', 'Autumn sale'],
    ['metrics', 'export', '--event', 'Autumn sale'],
  ];
  for (const argv of others) expect(await runCli(argv, { admin: fakeAdmin(events()) })).toMatchObject({ code: 0 });
});
