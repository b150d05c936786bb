{#- A list of fives, or of what several add up to, as one: sums and extremes, oldest first. Of equal
    extremes the oldest one's age counts. -#}
{% macro duckdb_rolling_reduced(fives) -%}
list_reduce(
    {{ fives }},
    lambda older, newer: struct_pack(
        {%- for name in duckdb_rolling_summed() + ['closes', 'volumes', 'counters'] %}
        {{ name }} := older.{{ name }} + newer.{{ name }},
        {%- endfor %}
        high_max := greatest(older.high_max, newer.high_max),
        low_min := least(older.low_min, newer.low_min),
        high_key := greatest(older.high_key, newer.high_key),
        low_key := least(older.low_key, newer.low_key),
        high_age := case when older.high_key >= newer.high_key then older.high_age else newer.high_age end,
        low_age := case when older.low_key <= newer.low_key then older.low_age else newer.low_age end
    )
)
{%- endmacro %}
