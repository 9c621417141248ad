import { expect, it } from 'vitest';
import { csvRow } from '../../../core/runtime/csv.ts';

it('a CSV cell never begins with a character that makes a spreadsheet treat the cell as a formula', () => {
  const cellOf = (text: string) => csvRow([text]).replace(/\r\n$/, '');
  expect(cellOf('=1+1')).toBe("'=1+1");
  expect(cellOf('＝1+1')).toBe("'＝1+1");
  expect(cellOf('＠SUM(1)')).toBe("'＠SUM(1)");
  expect(cellOf(' =1')).toBe("' =1");
  expect(cellOf('\u200b\ufeff+1')).toBe("'\u200b\ufeff+1");
  expect(cellOf('\t1')).toBe(`"'\t1"`);
  expect(cellOf('\n=1')).toBe(`"'\n=1"`);
  // A spreadsheet may end the cell at a semicolon, even at one inside quotes.
  expect(cellOf('kim;=1+1')).toBe(`"kim;'=1+1"`);
  expect(cellOf('a\n@b')).toBe(`"a\n'@b"`);
});

it('all other texts are written to CSV unchanged', () => {
  expect(csvRow(['a=b', 'kim-lee', "'x", 'a;b', '가을 할인 -10%', 'x,"y"', null, -5])).toBe(
    `a=b,kim-lee,'x,"a;b",가을 할인 -10%,"x,""y""",,-5\r\n`,
  );
});
