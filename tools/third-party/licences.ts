/** What others' software may be under to be a part of what is shipped, by its SPDX name: all want no more than to be named. */
const SHIPPED: ReadonlySet<string> = new Set([
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'ISC',
  'MIT',
  'MIT-0',
  'Unlicense',
])
/** What may be installed beside it too, as it is. */
const INSTALLED: ReadonlySet<string> = new Set([...SHIPPED, 'MPL-2.0', 'PSF-2.0'])

/** Those of an SPDX expression that may not be shipped, or installed; of alternatives each has to be allowed. */
export function refusedLicences(expression: string, use: 'shipped' | 'installed' = 'shipped'): string[] {
  const names = expression.replaceAll(/[()]/g, '').split(/ (?:AND|OR) /)
  return names.filter((name) => !(use === 'shipped' ? SHIPPED : INSTALLED).has(name))
}

export const MIT_TEXT = `Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
SOFTWARE.`
