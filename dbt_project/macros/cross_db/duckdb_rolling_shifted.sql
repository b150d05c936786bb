{#- What is summed over windows: name, term of the five that ended {k} rows ago, moved from its own
    reference to the window's. With n values, sum s and sum of squares q about a reference that lies
    a shift x above, the sum becomes s + n x, that of squares q + x (2 s + n x). -#}
{% macro duckdb_rolling_shifted() %}
    {%- set terms = {} -%}
    {%- for name in duckdb_rolling_terms() -%}{%- do terms.update({name: 'five_{k}.' ~ name}) -%}{%- endfor -%}
    {%- for name, count in [['close', 'closes'], ['traded_close', 'volumes']] -%}
        {%- set shift = 'close_shift_{k}' -%}
        {%- set moved = count ~ '_{k}_ago * ' ~ shift -%}
        {%- do terms.update({
            name: terms[name] ~ ' + ' ~ moved,
            name ~ '_squares':
                terms[name ~ '_squares'] ~ ' + ' ~ shift ~ ' * (2 * ' ~ terms[name] ~ ' + ' ~ moved ~ ')',
        }) -%}
    {%- endfor -%}
    {%- do terms.update({
        'close_log_volume': 'five_{k}.close_log_volume + close_shift_{k} * five_{k}.log_volume',
        'age_close': 'five_{k}.age_close + close_shift_{k} * five_{k}.age + {k} * (' ~ terms['close'] ~ ')',
        'age': 'five_{k}.age + {k} * closes_{k}_ago',
        'age_squares': 'five_{k}.age_squares + {k} * (2 * five_{k}.age + {k} * closes_{k}_ago)',
        'higher_closes': lagged_terms('sign(five_#.close_{k} - close)', range(1, 6), ' + ') | replace('#', '{k}'),
        'counters': 'five_{k}.counters',
    }) -%}
    {{- return(terms) -}}
{% endmacro %}
