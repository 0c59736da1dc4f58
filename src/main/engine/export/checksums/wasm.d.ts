/** The file as a `data:` URL, made by the bundler. */
declare module '*.wasm?url&inline' {
  const url: string;
  export default url;
}

/** What is used of it: Node's types leave it to those of browsers. */
declare namespace WebAssembly {
  type Module = object;
  interface Memory {
    readonly buffer: ArrayBuffer;
    grow(pages: number): number;
  }
  interface Instance {
    readonly exports: object;
  }
  function compile(bytes: Uint8Array): Promise<Module>;
  function instantiate(module: Module): Promise<Instance>;
}
