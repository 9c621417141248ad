import { useEffect, useState } from 'react';
import { usePage } from '../shared/page-context.ts';

type Drawn = { qr: { size: number; path: string }; bars: { width: number; path: string } };

/**
 * Draws the code as a QR code and as Code 128, for the reader at a till. Loads the drawing script on demand, because
 * only winners need it.
 */
export function CodePictures({ code }: { code: string }) {
  const { messages } = usePage();
  const { coupon: texts } = messages;
  const drawn = useDrawn(code);
  return (
    <figure className="code-pictures">
      <div className="pictures">
        <div className="qr" data-code="qr">
          {drawn === null ? null : (
            <svg
              role="img"
              aria-label={texts.qr}
              viewBox={`0 0 ${drawn.qr.size} ${drawn.qr.size}`}
              shapeRendering="crispEdges"
            >
              <path d={drawn.qr.path} />
            </svg>
          )}
        </div>
        <div className="bars" data-code="code128">
          {drawn === null ? null : (
            <svg
              role="img"
              aria-label={texts.barcode}
              viewBox={`0 0 ${drawn.bars.width} 1`}
              preserveAspectRatio="none"
              shapeRendering="crispEdges"
            >
              <path d={drawn.bars.path} />
            </svg>
          )}
        </div>
      </div>
      <figcaption>{texts.scan}</figcaption>
    </figure>
  );
}

/**
 * Returns null until the pictures are drawn. If the drawing script fails to load, tries again when the network is back.
 */
function useDrawn(code: string): Drawn | null {
  const [drawn, setDrawn] = useState<Drawn | null>(null);
  useEffect(() => {
    let gone = false;
    const draw = (): void => {
      void import('./draw-codes.ts').then(
        ({ drawQr, drawCode128 }) => {
          removeEventListener('online', draw);
          if (!gone) setDrawn({ qr: drawQr(code), bars: drawCode128(code) });
        },
        // If the script fails to load, people can still read out or type the code.
        () => undefined,
      );
    };
    draw();
    addEventListener('online', draw);
    return () => {
      gone = true;
      removeEventListener('online', draw);
    };
  }, [code]);
  return drawn;
}
