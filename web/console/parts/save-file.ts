type Picker = (options: {
  suggestedName: string;
}) => Promise<{ createWritable(): Promise<FileSystemWritableFileStream> }>;

/** The file to which an export is written, piece by piece. */
export type FileSink = { write(text: string): Promise<void>; end(): Promise<void>; abort(): Promise<void> };

/**
 * Lets the admin choose a file, and writes each piece to it as it arrives. If the browser has no file picker, keeps all
 * pieces in memory and downloads them at the end. Resolves to null if the admin chose no file.
 */
export async function openFile(name: string, type: string): Promise<FileSink | null> {
  const { showSaveFilePicker } = window as { showSaveFilePicker?: Picker };
  if (showSaveFilePicker === undefined) return download(name, type);
  try {
    const file = await (await showSaveFilePicker({ suggestedName: name })).createWritable();
    return { write: (text) => file.write(text), end: () => file.close(), abort: () => file.abort() };
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') return null;
    return download(name, type);
  }
}

function download(name: string, type: string): FileSink {
  const pieces: string[] = [];
  return {
    write: (text) => {
      pieces.push(text);
      return Promise.resolve();
    },
    end: () => {
      const link = document.createElement('a');
      link.href = URL.createObjectURL(new Blob(pieces, { type }));
      link.download = name;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
      return Promise.resolve();
    },
    abort: () => {
      pieces.length = 0;
      return Promise.resolve();
    },
  };
}
