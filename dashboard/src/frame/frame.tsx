import { Outlet } from '@tanstack/react-router'
import { Menu as MenuIcon } from 'lucide-react'
import { useEffect, useState } from 'react'
import { IconButton } from '../components/button.tsx'
import { Dialog } from '../components/dialog.tsx'
import { Toaster } from '../components/toast.tsx'
import { Palette } from './palette.tsx'
import { Rail } from './rail.tsx'

/** What stands around every page of whoever is signed in. Below 900 px the rail is a sheet. */
export function Frame() {
  const [isRailOpen, setRailOpen] = useState(false)
  const [isPaletteOpen, setPaletteOpen] = useState(false)
  usePaletteKey(() => setPaletteOpen((isOpen) => !isOpen))
  const search = () => {
    setRailOpen(false)
    setPaletteOpen(true)
  }
  const leave = () => setRailOpen(false)
  return (
    <div className="min-h-dvh min-[900px]:pl-[224px] print:pl-0">
      <a
        href="#content"
        className="sr-only focus:not-sr-only focus:fixed focus:top-2 focus:left-2 focus:z-50 focus:rounded-md focus:bg-surface focus:px-3 focus:py-2"
      >
        Skip to content
      </a>
      <aside
        aria-label="Rail"
        className="fixed inset-y-0 left-0 w-[224px] border-r border-line bg-canvas max-[899px]:hidden print:hidden"
      >
        <Rail onLeave={leave} onSearch={search} />
      </aside>
      <div className="sticky top-0 z-10 flex items-center gap-2 border-b border-line bg-canvas px-2 py-1.5 min-[900px]:hidden print:hidden">
        <IconButton label="Open the menu" onClick={() => setRailOpen(true)}>
          <MenuIcon />
        </IconButton>
        <span className="font-semibold">Switchyard</span>
      </div>
      <Dialog title="Switchyard" place="left" isOpen={isRailOpen} onClose={leave}>
        <div className="-mx-5 -my-4 h-full">
          <Rail onLeave={leave} onSearch={search} />
        </div>
      </Dialog>
      <main id="content" tabIndex={-1} className="outline-none">
        <Outlet />
      </main>
      <Palette isOpen={isPaletteOpen} onClose={() => setPaletteOpen(false)} />
      <Toaster />
    </div>
  )
}

function usePaletteKey(toggle: () => void): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== 'k' || !(event.metaKey || event.ctrlKey)) return
      event.preventDefault()
      toggle()
    }
    addEventListener('keydown', onKey)
    return () => removeEventListener('keydown', onKey)
  })
}
