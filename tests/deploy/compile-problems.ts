import ts from 'typescript';

/** What the compiler finds wrong in a TypeScript file that is not on disk. Its imports are resolved from its path. */
export function compileProblems(file: string, text: string): { line: number; message: string }[] {
  const options: ts.CompilerOptions = {
    ...{ strict: true, noEmit: true, skipLibCheck: true, types: [], allowImportingTsExtensions: true },
    target: ts.ScriptTarget.ES2024,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
  };
  const onDisk = ts.createCompilerHost(options);
  const host: ts.CompilerHost = {
    ...onDisk,
    fileExists: (name) => name === file || onDisk.fileExists(name),
    readFile: (name) => (name === file ? text : onDisk.readFile(name)),
    getSourceFile: (name, ...more) =>
      name === file ? ts.createSourceFile(name, text, ts.ScriptTarget.ES2024) : onDisk.getSourceFile(name, ...more),
  };
  const program = ts.createProgram([file], options, host);
  return ts.getPreEmitDiagnostics(program).map(({ messageText, start, file: at }) => ({
    line: at === undefined || start === undefined ? 0 : at.getLineAndCharacterOfPosition(start).line,
    message: ts.flattenDiagnosticMessageText(messageText, ' '),
  }));
}
