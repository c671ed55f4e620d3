/**
 * For what opens over the page and names no field to begin with: it has the focus itself, not its close button, whose tooltip
 * would show and take the first Escape.
 */
export function focusItself(event: Event): void {
  event.preventDefault();
  if (event.currentTarget instanceof HTMLElement) event.currentTarget.focus();
}
