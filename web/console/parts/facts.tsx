import { DataList } from '@mantine/core';
import type { ReactNode } from 'react';

/** Pairs of a name and a value, side by side if the width allows. */
export function Facts({ rows }: { rows: readonly (readonly [string, ReactNode])[] }) {
  return (
    <DataList orientation="vertical" className="facts">
      {rows.map(([name, value]) => (
        <DataList.Item key={name}>
          <DataList.ItemLabel c="dimmed">{name}</DataList.ItemLabel>
          <DataList.ItemValue>{value ?? '–'}</DataList.ItemValue>
        </DataList.Item>
      ))}
    </DataList>
  );
}
