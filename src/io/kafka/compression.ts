// The compressions that producers use besides gzip, so that no batch of theirs stops a reader: snappy, lz4 and zstd.
// zstd is Node's own where it has it; before that it can be read, not written.
import zlib from 'node:zlib';
import { decompress as decompressZstd } from 'fzstd';
import { compressFrame, decompressFrame } from 'lz4-napi';

export interface Compression {
  compress(bytes: Buffer): Promise<Buffer>;
  decompress(bytes: Buffer): Promise<Buffer>;
}

export const lz4: Compression = { compress: compressFrame, decompress: decompressFrame };

interface ZstdOfNode {
  zstdCompressSync(bytes: Buffer): Buffer;
  zstdDecompressSync(bytes: Buffer): Buffer;
}

const ofNode = zlib as unknown as Partial<ZstdOfNode>;

export const zstd: Compression = {
  compress: async (bytes) => {
    if (ofNode.zstdCompressSync) return ofNode.zstdCompressSync(bytes);
    throw new Error('writing zstd requires Node 22.15 or later');
  },
  decompress: async (bytes) => ofNode.zstdDecompressSync?.(bytes) ?? Buffer.from(decompressZstd(bytes)),
};
