// A container's log: lines with the time and stream they were written, and the ways to read them.
// Models: kubernetes v1.37 pkg/kubelet/kuberuntime/logs/logs.go
import type { Sim } from '../../sim/sim.ts';
import type { LogRequest } from '../apimachinery/node-proxy.ts';
import type { ServerStream, StreamFrame } from '../apimachinery/rest.ts';

export interface Follower {
  text(text: string): void;
  end(): void;
}

export class ContainerLog {
  /** Virtual milliseconds of each chunk. A chunk is a line with its newline, or the unfinished rest of one. */
  readonly times: number[] = [];
  readonly texts: string[] = [];
  readonly #open = [false, false, false];
  readonly #last = [-1, -1, -1];
  followers: Set<Follower> | undefined;
  ended = false;

  write(now: number, fd: 1 | 2, text: string): void {
    let from = 0;
    while (from < text.length) {
      const end = text.indexOf('\n', from) + 1;
      const chunk = end === 0 ? text.slice(from) : text.slice(from, end);
      if (this.#open[fd]) this.texts[this.#last[fd]!] += chunk;
      else {
        this.#last[fd] = this.texts.length;
        this.times.push(now);
        this.texts.push(chunk);
      }
      this.#open[fd] = end === 0;
      from += chunk.length;
    }
    if (this.followers !== undefined) for (const follower of [...this.followers]) follower.text(text);
  }

  end(): void {
    this.ended = true;
    const { followers } = this;
    this.followers = undefined;
    if (followers !== undefined) for (const follower of followers) follower.end();
  }

  /** The last lines, at most `bytes` and `lines`: termination messages. */
  tail(lines: number, bytes: number): string {
    return this.texts.slice(-lines).join('').slice(-bytes);
  }

  read(request: LogRequest, sim: Sim): string {
    let from = 0;
    const since =
      request.sinceSeconds !== undefined
        ? sim.now - request.sinceSeconds * 1000
        : request.sinceTime !== undefined
          ? Date.parse(request.sinceTime) - sim.epoch
          : undefined;
    if (since !== undefined) while (from < this.times.length && this.times[from]! < since) from++;
    if (request.tailLines !== undefined) from = Math.max(from, this.texts.length - request.tailLines);
    let out = '';
    for (let at = from; at < this.texts.length; at++) {
      out += request.timestamps ? `${stamp(sim, this.times[at]!)} ${this.texts[at]}` : this.texts[at];
    }
    return request.limitBytes === undefined ? out : out.slice(0, request.limitBytes);
  }

  follow(request: LogRequest, sim: Sim): ServerStream {
    let follower: Follower | undefined;
    return {
      open: (sink) => {
        const text = (chunk: string): void => sink.frame({ kind: 'text', text: chunk } satisfies StreamFrame);
        const before = this.read(request, sim);
        if (before !== '') text(before);
        if (this.ended) return sink.end();
        let atStart = true;
        follower = {
          text: (chunk) => {
            if (!request.timestamps) return text(chunk);
            const prefix = `${stamp(sim, sim.now)} `;
            const body = (atStart ? prefix : '') + chunk.replaceAll(/\n(?=.)/gs, `\n${prefix}`);
            atStart = chunk.endsWith('\n');
            text(body);
          },
          end: () => sink.end(),
        };
        this.followers ??= new Set();
        this.followers.add(follower);
      },
      close: () => {
        if (follower !== undefined) this.followers?.delete(follower);
      },
    };
  }
}

/** RFC 3339 with nanoseconds, as log files have it. */
function stamp(sim: Sim, time: number): string {
  return `${sim.timestamp(time, 'micro').slice(0, 26)}000Z`;
}
