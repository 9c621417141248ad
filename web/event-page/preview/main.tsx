import { createRoot } from 'react-dom/client';
import { PreviewApp } from './preview-app.tsx';

const root = document.getElementById('page');
if (root === null) throw new Error('preview.html has no element #page.');

// The preview shows what visitors will see, but its links and buttons do nothing.
document.addEventListener(
  'click',
  (event) => {
    event.preventDefault();
    event.stopPropagation();
  },
  { capture: true },
);
createRoot(root).render(<PreviewApp />);
