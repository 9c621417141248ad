import { describe, expect, it } from 'vitest';
import { urlProblem } from '../../../core/events/page-url.ts';

describe('a public page’s URL', () => {
  it.each([
    'https://shop.example',
    'https://shop.example:8443/a/b?c=d&e=%20#f',
    'HTTPS://shop.example/',
    'https://쿠폰.example/사용하기',
    'https://127.0.0.1/',
    'http://localhost:3000/autumn.png',
    'http://127.0.0.1/',
    'http://127.8.8.8:8080/',
    'http://[::1]:8080/',
    `https://shop.example/${'a'.repeat(2_000 - 'https://shop.example/'.length)}`,
  ])('can be %s', (url) => {
    expect(urlProblem(url)).toBeNull();
  });

  it.each([
    ['', 'https://'],
    ['/autumn.png', 'https://'],
    ['//shop.example/autumn.png', 'https://'],
    ['shop.example', 'https://'],
    ['javascript:alert(1)', 'https://'],
    ['JavaScript:alert(1)//https://shop.example', 'https://'],
    ['data:image/png;base64,AAAA', 'https://'],
    ['blob:https://shop.example/1', 'https://'],
    ['ftp://shop.example', 'https://'],
    ['https://', 'https://'],
    ['https:shop.example', 'https://'],
    ['https://a b.example', 'spaces'],
    [' https://shop.example', 'spaces'],
    ['java\tscript:alert(1)', 'spaces'],
    ['https://shop.example/\nSet-Cookie: a', 'spaces'],
    ['https:\\\\shop.example', 'backslashes'],
    ['https://shop.example\\@evil.example', 'backslashes'],
    ['https://shop.example/\ud800', 'characters'],
    ['https://kim@shop.example', 'user name'],
    ['https://kim:secret@shop.example', 'password'],
    ['https://:secret@shop.example', 'password'],
    ['http://shop.example', 'localhost only'],
    ['http://localhost.shop.example', 'localhost only'],
    ['http://127.0.0.1.shop.example', 'localhost only'],
    ['http://10.0.0.1/', 'localhost only'],
    ['http://[::2]/', 'localhost only'],
    [`https://shop.example/${'a'.repeat(2_000)}`, '2000 characters'],
    [`https://shop.example/${'😀'.repeat(10_000)}`, '2000 characters'],
  ])('cannot be %j', (url, why) => {
    expect(urlProblem(url)?.message).toContain(why);
  });
});
