import './styles/base.css';
import './styles/controls.css';
import './styles/content.css';
import './styles/fields.css';
import './styles/overlays.css';
import { render } from 'preact';
import { start } from './api/session.ts';
import { App } from './app.tsx';

const root = document.getElementById('app');
if (root) render(<App />, root);
void start();
