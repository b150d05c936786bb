{#- What is summed over windows: name, term of the five that ended {k} rows ago, moved from its own
    reference to the window's. With n values, sum s and sum of squares q about a reference that lies
    a shift x above, the sum becomes s + n x, that of squares q + x (2 s + n x). -#}
{% macro duckdb_rolling_shifted() %}
    {%- set terms = {} -%}
    {%- for name in duckdb_rolling_terms() -%}{%- do terms.update({name: 'five_{k}_' ~ name}) -%}{%- endfor -%}
    {%- for name, count in [['close', 'closes'], ['traded_close', 'volumes']] -%}
        {%- do terms.update({
            name ~ '_squares': terms[name ~ '_squares']
                ~ ' + close_shift_{k} * (2 * ' ~ terms[name] ~ ' + close_shift_{k} * five_{k}_' ~ count ~ ')',
            name: terms[name] ~ ' + five_{k}_' ~ count ~ ' * close_shift_{k}',
        }) -%}
    {%- endfor -%}
    {%- do terms.update({
        'close_log_volume': 'five_{k}_close_log_volume + close_shift_{k} * five_{k}_log_volume',
        'age_close': 'five_{k}_age_close + close_shift_{k} * five_{k}_age + {k} * five_{k}_close + {k} * close_shift_{k} * five_{k}_closes',
        'age': 'five_{k}_age + five_{k}_closes * {k}',
        'age_squares': 'five_{k}_age_squares + 2 * {k} * five_{k}_age + {k} * {k} * five_{k}_closes',
        'higher_closes': lagged_terms('sign(five_#_close_{k} - close)', range(1, 6), ' + ') | replace('#', '{k}'),
    }) -%}
    {{- return(terms) -}}
{% endmacro %}
