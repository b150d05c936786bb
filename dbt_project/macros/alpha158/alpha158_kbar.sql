{#- The day's own bar: body, length, upper and lower shadow, place of the close. -#}
{% macro alpha158_kbar() %}
    {%- set top = greatest_of_both('open', 'close') -%}
    {%- set bottom = least_of_both('open', 'close') -%}
    {{- return([
        ['kmid', '(close - open) / open'],
        ['klen', '(high - low) / open'],
        ['kmid2', '(close - open) / (high - low + 1e-12)'],
        ['kup', '(high - ' ~ top ~ ') / open'],
        ['kup2', '(high - ' ~ top ~ ') / (high - low + 1e-12)'],
        ['klow', '(' ~ bottom ~ ' - low) / open'],
        ['klow2', '(' ~ bottom ~ ' - low) / (high - low + 1e-12)'],
        ['ksft', '(2 * close - high - low) / open'],
        ['ksft2', '(2 * close - high - low) / (high - low + 1e-12)'],
    ]) -}}
{% endmacro %}
