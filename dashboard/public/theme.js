// Before anything is painted, so that nobody who chose the dark theme sees a flash of the light one.
const chosen = localStorage.getItem('switchyard.theme')
const isDark = chosen === 'dark' || (chosen !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches)
document.documentElement.dataset.theme = isDark ? 'dark' : 'light'
