// wrk as the witness in front: each thread has one connection, so that the answer that comes belongs to the request that went.
// It checks every answer and writes down the id of each that was right, or what was wrong.
import { execFile } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Round } from './judge.ts';

const threads = 16;
const longestSeconds = 600;
const run = promisify(execFile);

/** Production answers every id with this, in front and behind. */
export const answerStart = '{"model_name":"m","id":"';
export const answerRest = `","outputs":[{"name":"p","shape":[1,2],"datatype":"FP32","data":[0.123456,0.876544]}],"pad":"${'a'.repeat(150)}"}`;

export async function askByWrk(
  folder: string,
  port: number,
  { requests, round }: { requests: number; round: number },
): Promise<Round> {
  const script = join(folder, 'witness.lua');
  writeFileSync(script, scriptOf(folder, { each: Math.ceil(requests / threads), round }));
  const args = [`-t${threads}`, `-c${threads}`, `-d${longestSeconds}s`, '--timeout', '30s', '-s', script];
  const running = run('wrk', [...args, `http://127.0.0.1:${port}`], { maxBuffer: 1 << 24 });
  // Its threads are done one by one; wrk itself waits for its time to be over, unless it is interrupted.
  const timer = setInterval(() => {
    if (readdirSync(folder).filter((name) => name.endsWith('.done')).length === threads) running.child.kill('SIGINT');
  }, 50);
  const { stdout } = await running;
  clearInterval(timer);
  const socketErrors = /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(stdout)?.slice(1);
  const reported = {
    requests: Number(/(\d+) requests in/.exec(stdout)?.[1]),
    socketErrors: (socketErrors ?? []).reduce((sum, count) => sum + Number(count), 0),
    otherStatus: Number(/Non-2xx or 3xx responses: (\d+)/.exec(stdout)?.[1] ?? 0),
  };
  const files = readdirSync(folder).filter((name) => name.endsWith('.ids'));
  return { reported, each: Math.ceil(requests / threads), round, files: files.map((name) => join(folder, name)) };
}

/** The id and the body differ in every request; a thread ends when it has had all its answers. */
const scriptOf = (folder: string, { each, round }: { each: number; round: number }): string => `
local counter = 0
function setup(thread)
  thread:set("name", counter)
  counter = counter + 1
end
function init(args)
  sent = 0
  answered = 0
  file = io.open("${folder}/" .. name .. ".ids", "w")
  file:setvbuf("full", 65536)
  wrk.headers["Content-Type"] = "application/json"
end
function request()
  sent = sent + 1
  id = "${round}-" .. name .. "-" .. sent
  local data = string.format("[%d.%06d,2]", ${round}, sent)
  local body = '{"id":"' .. id .. '","inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":' .. data .. '}]}'
  return wrk.format("POST", "/v2/models/m/infer?id=" .. id, nil, body)
end
function response(status, headers, body)
  answered = answered + 1
  if status == 200 and body == '${answerStart}' .. id .. '${answerRest}' then
    file:write(id, "\\n")
  else
    file:write(id, " ", status, " ", string.sub(body, 1, 300):gsub("%c", "?"), "\\n")
  end
  if answered == ${each} then
    file:close()
    io.open("${folder}/" .. name .. ".done", "w"):close()
    wrk.thread:stop()
  end
end
`;
