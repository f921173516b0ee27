import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;

/**
 * The JDK's HttpClient as it comes: it prefers HTTP/2 and asks for it with `Upgrade: h2c`, as LangChain4j
 * and Spring AI do through it. Prints the status, the protocol and the body of a GET, a POST, a stream
 * and a bad request, each after a line that names it.
 */
public final class KingletClient {
  private static String key;

  public static void main(String[] arguments) throws Exception {
    String origin = arguments[0];
    key = arguments[1];
    String body = arguments[2];
    HttpClient client = HttpClient.newHttpClient();
    URI chat = URI.create(origin + "/v1/chat/completions");

    show("models", client.send(request(URI.create(origin + "/v1/models")).build(), BodyHandlers.ofString()));
    show("chat", client.send(post(chat, body), BodyHandlers.ofString()));
    String streamed = body.replaceFirst("\\{", "{\"stream\": true, ");
    HttpResponse<java.util.stream.Stream<String>> stream = client.send(post(chat, streamed), BodyHandlers.ofLines());
    head("stream", stream);
    stream.body().forEach(System.out::println);
    show("error", client.send(post(chat, "{\"messages\": 5}"), BodyHandlers.ofString()));
  }

  private static HttpRequest.Builder request(URI uri) {
    return HttpRequest.newBuilder(uri).header("authorization", "Bearer " + key);
  }

  private static HttpRequest post(URI uri, String body) {
    return request(uri)
        .header("content-type", "application/json")
        .POST(HttpRequest.BodyPublishers.ofString(body))
        .build();
  }

  private static void head(String name, HttpResponse<?> response) {
    System.out.println("== " + name + " " + response.statusCode() + " " + response.version());
  }

  private static void show(String name, HttpResponse<String> response) {
    head(name, response);
    System.out.println(response.body());
  }
}
