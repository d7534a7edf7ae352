// kafkajs-snappy comes without types; this is what it exports.
declare module 'kafkajs-snappy' {
  export default function snappy(): {
    compress(encoder: { buffer: Buffer }): Promise<Buffer>;
    decompress(bytes: Buffer): Promise<Buffer>;
  };
}
