import { createRoot } from 'react-dom/client';
import { PreviewApp } from './preview-app.tsx';

const root = document.getElementById('page');
if (root === null) throw new Error('preview.html has no element #page.');

// The preview shows what people will see; its links and buttons lead nowhere.
document.addEventListener(
  'click',
  (event) => {
    event.preventDefault();
    event.stopPropagation();
  },
  { capture: true },
);
createRoot(root).render(<PreviewApp />);
