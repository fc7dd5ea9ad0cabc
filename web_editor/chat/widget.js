// For any site: <script src="https://HOST/widget.js" data-shop="1" data-bot="2" async></script>
// Also data-lang, data-start (start parameter), data-side="left".  All else is loaded from where this came from.
(() => {
  const script = document.currentScript;
  const home = new URL(script.src).origin;
  const begin = () => import(`${home}/assets/chat/latest/launcher.js`).then(({ launch }) => launch(home, script.dataset));
  if (document.body) begin();
  else addEventListener("DOMContentLoaded", begin);
})();
