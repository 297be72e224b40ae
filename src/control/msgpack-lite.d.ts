/** The part of msgpack-lite 0.2.2 that we use; the package brings no types. */
declare module 'msgpack-lite' {
  interface Codec {
    readonly options: unknown;
  }
  interface MessagePack {
    createCodec(options: { readonly usemap?: boolean; readonly preset?: boolean }): Codec;
    encode(value: unknown, options: { readonly codec: Codec }): Buffer;
    decode(bytes: Uint8Array, options: { readonly codec: Codec }): unknown;
  }
  const messagePack: MessagePack;
  export default messagePack;
}
