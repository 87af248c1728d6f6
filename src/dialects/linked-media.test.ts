import { expect, test } from 'vitest'
import { linkedMedia, sumLinked, wantedMedia, withMedia } from './linked-media.ts'

const IMAGE = 'https://images.example.test/a.png'
const FILE = 'http://files.example.test/a.pdf'
const REQUEST = JSON.stringify({
  messages: [
    { role: 'system', content: 'See https://example.test/page' },
    {
      role: 'user',
      content: [
        { type: 'text', text: IMAGE },
        { type: 'image_url', image_url: { url: IMAGE, detail: 'low' } },
        { type: 'image_url', image_url: IMAGE },
        { type: 'file', file: { filename: 'a.pdf', file_data: FILE } },
        { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } },
      ],
    },
  ],
  temperature: 1,
})

test('addresses of images and files are found, each once, and no others', () => {
  expect(linkedMedia(REQUEST, 'images and files')).toEqual([IMAGE, FILE])
  expect(linkedMedia(REQUEST, 'images')).toEqual([IMAGE])
  expect(linkedMedia(REQUEST, 'files')).toEqual([FILE])
  expect(linkedMedia(Buffer.from(REQUEST), 'images and files')).toEqual([IMAGE, FILE])
  expect(linkedMedia('{"messages":[{"role":"user","content":"Hello"}]}', 'images')).toEqual([])
})

test('what was fetched stands in the place of its address, and everything else stays', () => {
  const media = new Map([
    [IMAGE, { contentType: 'image/png', base64: 'iVBO' }],
    [FILE, { contentType: 'application/pdf', base64: 'JVBE' }],
  ])
  const image = 'data:image/png;base64,iVBO'
  expect(JSON.parse(withMedia(REQUEST, 'images and files', media).join(''))).toEqual({
    messages: [
      { role: 'system', content: 'See https://example.test/page' },
      {
        role: 'user',
        content: [
          { type: 'text', text: IMAGE },
          { type: 'image_url', image_url: { url: image, detail: 'low' } },
          { type: 'image_url', image_url: image },
          { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,JVBE' } },
          { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } },
        ],
      },
    ],
    temperature: 1,
  })
})

test('only what a format does not take by its address is wanted', () => {
  expect(wantedMedia({ images: 'url-or-base64', files: 'url-or-base64' })).toBeNull()
  expect(wantedMedia({ images: 'refused', files: 'refused' })).toBeNull()
  expect(wantedMedia({ images: 'base64', files: 'url-or-base64' })).toBe('images')
  expect(wantedMedia({ images: 'url-or-base64', files: 'base64' })).toBe('files')
  expect(wantedMedia({ images: 'base64', files: 'base64' })).toBe('images and files')
})

test('what is named twice is sent twice, and so counted', () => {
  const file = (url: string) => ({ type: 'file', file: { file_data: url } })
  const content = [file('https://a.test/1'), file('https://a.test/2'), file('https://a.test/1')]
  const request = JSON.stringify({ messages: [{ role: 'user', content }] })
  expect(sumLinked(request, 'files', new Map([['https://a.test/1', 5]]))).toBe(10)
  expect(sumLinked(request, 'images', new Map([['https://a.test/1', 5]]))).toBe(0)
})
