import { shortcuts } from '../lib/keys.ts';
import { helping } from '../state/dialogs.ts';
import { shortcutsOn, switchShortcuts } from '../state/shortcuts.ts';
import { Dialog } from './dialog.tsx';

/** An object has its numbers first; here they come last, after the keys for entries. */
const listed = Object.entries(shortcuts).sort(
  ([one], [other]) => Number(/\d/.test(one)) - Number(/\d/.test(other)),
);

export function HelpDialog() {
  if (!helping.value) return null;
  return (
    <Dialog
      title="Keyboard shortcuts"
      onClose={() => {
        helping.value = false;
      }}
    >
      <label class="check">
        <input
          type="checkbox"
          checked={shortcutsOn.value}
          onChange={(event) => switchShortcuts(event.currentTarget.checked)}
        />
        Use single keys as shortcuts
      </label>
      <dl class="keys">
        {listed.map(([key, { does }]) => (
          <div key={key}>
            <dt>
              <kbd>{key === 'Delete' ? 'Del' : key}</kbd>
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
        <div>
          <dt>
            <kbd>Ctrl Enter</kbd>
          </dt>
          <dd>Save the form</dd>
        </div>
        <div>
          <dt>
            <kbd>Esc</kbd>
          </dt>
          <dd>Close the form</dd>
        </div>
      </dl>
    </Dialog>
  );
}
