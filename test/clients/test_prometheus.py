"""promtool and a real Prometheus on /metrics."""
import json
import subprocess
import urllib.parse
import urllib.request

import openai

from conftest import free_port, need_command, wait_until


def get_metrics(server):
    request = urllib.request.Request(f"{server.origin}/metrics", headers={"authorization": f"Bearer {server.api_key}"})
    return urllib.request.urlopen(request).read()


def test_promtool_accepts_the_metrics(server):
    checked = subprocess.run([need_command("promtool"), "check", "metrics"], input=get_metrics(server), capture_output=True)
    assert checked.returncode == 0, checked.stderr.decode()
    assert checked.stderr == b"", checked.stderr.decode()


def test_prometheus_scrapes(server, tmp_path):
    prometheus_command = need_command("prometheus")
    client = openai.OpenAI(base_url=server.base_url, api_key=server.api_key)
    answer = client.chat.completions.create(
        model=server.model, messages=[{"role": "user", "content": "Hello"}], max_tokens=8)
    port = free_port()
    (tmp_path / "prometheus.yml").write_text(json.dumps({
        "global": {"scrape_interval": "1s"},
        "scrape_configs": [{
            "job_name": "kinglet", "static_configs": [{"targets": [server.target]}],
            "authorization": {"credentials": server.api_key}}]}))
    prometheus = subprocess.Popen(
        [prometheus_command, f"--config.file={tmp_path}/prometheus.yml", f"--storage.tsdb.path={tmp_path}/data",
         f"--web.listen-address=127.0.0.1:{port}", "--log.level=error"])

    def query(expression):
        url = f"http://127.0.0.1:{port}/api/v1/query?{urllib.parse.urlencode({'query': expression})}"
        result = json.load(urllib.request.urlopen(url))["data"]["result"]
        return float(result[0]["value"][1]) if result else None

    try:
        wait_until("Prometheus scraped the server", lambda: query('up{job="kinglet"}') == 1)
        label = f'{{model_name="{server.model}"}}'
        assert query(f"kinglet_generation_tokens_total{label}") >= answer.usage.completion_tokens
        assert query(f"kinglet_time_to_first_token_seconds_count{label}") >= 1
        assert query(f"kinglet_num_requests_running{label}") == 0
        assert 0 <= query(f"kinglet_kv_cache_usage_perc{label}") <= 1
    finally:
        prometheus.terminate()
        prometheus.wait(20)
