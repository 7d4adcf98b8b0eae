// Home Assistant puts a registry of its own in the place of the browser's, and what was registered
// before is lost: so our elements wait until its first one is there.

const HOSTS = ["home-assistant", "hc-main"];
const LONGEST_MS = 3000;

/** @param {string} name @param {CustomElementConstructor} element */
export async function register(name, element) {
  const waits = HOSTS.map((host) => customElements.whenDefined(host));
  const elsewhere = new Promise((resolve) => setTimeout(resolve, LONGEST_MS));
  await Promise.race([...waits, elsewhere]);
  if (!window.customElements.get(name)) window.customElements.define(name, element);
}
