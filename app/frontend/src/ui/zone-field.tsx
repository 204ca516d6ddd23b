import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';

/** All that the browser knows; the server takes their old names, too. */
const zones = Intl.supportedValuesOf('timeZone');

export function isZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return name !== '';
  } catch {
    return false;
  }
}

/** A zone's name, to be typed or chosen of those that there are. */
export function ZoneField({
  label,
  value,
  onInput,
  onChange,
  children,
}: {
  label: ComponentChildren;
  value: string;
  onInput?: (zone: string) => void;
  /** When it is typed in full. */
  onChange?: (zone: string) => void;
  children?: ComponentChildren;
}) {
  const list = useId();
  return (
    <label class="field">
      <span>{label}</span>
      <input
        list={list}
        autocomplete="off"
        required
        value={value}
        onInput={(event) => onInput?.(event.currentTarget.value)}
        onChange={(event) => onChange?.(event.currentTarget.value)}
      />
      {children}
      <datalist id={list}>
        {zones.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
    </label>
  );
}
