// Line icons on a 20-unit grid. Always decoration: the control around them has the name.

const paths = {
  play: 'M6.5 4.5v11l9-5.5z',
  stop: 'M5.5 5.5h9v9h-9z',
  plus: 'M10 4v12M4 10h12',
  search: 'M9 3.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11zM13.2 13.2 17 17',
  more: 'M4 10h.01M10 10h.01M16 10h.01',
  sun: 'M10 6.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7zM10 1.8v1.7M10 16.5v1.7M1.8 10h1.7M16.5 10h1.7M4.2 4.2l1.2 1.2M14.6 14.6l1.2 1.2M15.8 4.2l-1.2 1.2M5.4 14.6l-1.2 1.2',
  moon: 'M16.5 11.8A7 7 0 0 1 8.2 3.5a7 7 0 1 0 8.3 8.3z',
  auto: 'M10 3a7 7 0 1 0 0 14zM10 3a7 7 0 0 1 0 14',
  help: 'M7.6 7.6a2.5 2.5 0 1 1 3.6 2.2c-.8.4-1.2.9-1.2 1.8M10 14.4h.01M10 2.5a7.5 7.5 0 1 0 0 15 7.5 7.5 0 0 0 0-15z',
  close: 'M5 5l10 10M15 5 5 15',
  import: 'M10 3v9M6.5 8.5 10 12l3.5-3.5M3.5 13v3.5h13V13',
  export: 'M10 12V3M6.5 6.5 10 3l3.5 3.5M3.5 13v3.5h13V13',
  left: 'M12.5 4.5 7 10l5.5 5.5',
  right: 'M7.5 4.5 13 10l-5.5 5.5',
  money:
    'M13.5 6.2C12.8 5.2 11.6 4.8 10 4.8c-2 0-3.5.9-3.5 2.5 0 3.6 7.2 1.7 7.2 5.3 0 1.7-1.6 2.6-3.7 2.6-1.8 0-3.2-.6-3.9-1.8M10 2.8v14.4',
  edit: 'M4 16l.8-3.4L13 4.4l2.6 2.6-8.2 8.2z',
  down: 'M4.5 7.5 10 13l5.5-5.5',
} as const;

export type IconName = keyof typeof paths;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" data-icon={name} viewBox="0 0 20 20" aria-hidden="true">
      <path d={paths[name]} />
    </svg>
  );
}
