/** Makes a call over HTTP as any client would, and returns its answer. */
export type Reply = { status: number; headers: Headers; data: unknown; error: ReplyError | undefined };

export type ReplyError = {
  message: string;
  code: number;
  data: {
    code: string;
    httpStatus: number;
    path?: string;
    reason?: string;
    problem: { code: string; params: Record<string, unknown> };
    issues?: { path: (string | number)[]; message: string; code: string; params: Record<string, unknown> }[];
  };
};

export type Caller = {
  query(path: string, input?: unknown): Promise<Reply>;
  mutate(path: string, input?: unknown): Promise<Reply>;
};

export function callerAt(url: string, token?: string): Caller {
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return {
    query: async (path, input) => {
      const search = input === undefined ? '' : `?input=${encodeURIComponent(JSON.stringify(input))}`;
      return read(await fetch(`${url}/trpc/${path}${search}`, { headers: authorization }));
    },
    mutate: async (path, input) => {
      const headers = { 'content-type': 'application/json', ...authorization };
      return read(await fetch(`${url}/trpc/${path}`, { method: 'POST', headers, body: JSON.stringify(input) ?? null }));
    },
  };
}

async function read(response: Response): Promise<Reply> {
  const body = (await response.json()) as { result?: { data: unknown }; error?: ReplyError };
  return { status: response.status, headers: response.headers, data: body.result?.data, error: body.error };
}
