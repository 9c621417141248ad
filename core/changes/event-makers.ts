import { findKeyMakers, findKeyMakersByName, type KeyMaker } from '../access/api-key-rows.ts';
import { isKeyActor, keyNameOf } from '../access/api-key.ts';
import { listEditors, type Editor } from '../audit/audit-rows.ts';
import type { DbReader } from '../mysql/open-db.ts';

/**
 * The people who ever created, changed, topped up or reset an event. An API key counts as the person who made it, even
 * if a key made that key. An audit entry with a key's name but without its id counts for all keys that ever had that
 * name.
 */
export async function findMakers(db: DbReader, eventId: string): Promise<Set<string>> {
  const people = new Set<string>();
  const keysSeen = new Set<string>();
  let editors = await listEditors(db, eventId);
  while (editors.length > 0) {
    const { ids, names } = sortEditors(editors, people);
    const makers = [...(await findKeyMakers(db, ids)), ...(await findKeyMakersByName(db, names))];
    // Follow each key only once. Otherwise, two keys whose rows say that they made each other would loop forever.
    const unseen = makers.filter(({ id }) => !keysSeen.has(id));
    for (const { id } of unseen) keysSeen.add(id);
    editors = unseen.map(makerOf);
  }
  return people;
}

const makerOf = ({ createdBy, createdByKey }: KeyMaker): Editor => ({ actor: createdBy, keyId: createdByKey });

/** Adds the people to `people` and returns the keys, by id if it is known. */
function sortEditors(editors: readonly Editor[], people: Set<string>): { ids: string[]; names: string[] } {
  const ids = new Set<string>();
  const names = new Set<string>();
  for (const { actor, keyId } of editors) {
    if (keyId !== null) ids.add(keyId);
    else if (isKeyActor(actor)) names.add(keyNameOf(actor));
    else people.add(actor);
  }
  return { ids: [...ids], names: [...names] };
}
