import type { Image } from './conversation.ts'

export const IMAGE_TYPES = ['image/png', 'image/jpeg', 'image/webp', 'image/gif'] as const
export const IMAGES_MAX = 4
const IMAGE_BYTES_MAX = 5 * 1024 * 1024

/** Pictures that models take, as they go into a message. Throws for what is none, and for one that is too large. */
export async function readImages(files: readonly File[]): Promise<Image[]> {
  return await Promise.all(
    files.map(async (file) => {
      if (!(IMAGE_TYPES as readonly string[]).includes(file.type))
        throw new Error(`“${file.name}” is no PNG, JPEG, WebP or GIF.`)
      if (file.size > IMAGE_BYTES_MAX) throw new Error(`“${file.name}” is larger than 5 MB.`)
      return { name: file.name, url: await toDataUrl(file) }
    }),
  )
}

function toDataUrl(file: File): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader()
    reader.onload = () => resolve(String(reader.result))
    reader.onerror = () => reject(new Error(`“${file.name}” can not be read.`))
    reader.readAsDataURL(file)
  })
}
