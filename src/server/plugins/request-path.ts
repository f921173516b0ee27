/** What was asked for, without its query. */
export function requestPath({ url }: { readonly url: string }): string {
  const query = url.indexOf('?');
  return query < 0 ? url : url.slice(0, query);
}
